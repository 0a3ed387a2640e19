"""Serveur : reçoit des mesures de température et les enregistre dans une base SQLite."""

import json
import socket
import sqlite3
import threading
from datetime import datetime

HOTE = "127.0.0.1"
PORT = 5000
BASE = "donnees.db"
TAILLE_MAX = 20_000  # octets d'un message

verrou = threading.Lock()  # un seul fil écrit à la fois


def creer_table(base):
    """Crée la table des mesures si elle n'existe pas."""
    connexion = sqlite3.connect(base)
    connexion.execute("CREATE TABLE IF NOT EXISTS mesures (identifiant TEXT, temperature REAL, timestamp TEXT)")
    connexion.commit()
    connexion.close()


def sauvegarder(base, identifiant, temperature):
    """Ajoute une mesure à la base."""
    with verrou:
        connexion = sqlite3.connect(base)
        connexion.execute(
            "INSERT INTO mesures VALUES (?, ?, ?)",
            (identifiant, temperature, datetime.now().isoformat()),
        )
        connexion.commit()
        connexion.close()


def lire_mesure(message):
    """Rend l'identifiant et la température d'un message JSON ; ValueError s'il ne convient pas."""
    donnees = json.loads(message)
    try:
        identifiant, temperature = donnees["capteur_id"], donnees["temperature"]
    except (KeyError, TypeError):
        raise ValueError("il manque capteur_id ou temperature")
    if not isinstance(identifiant, str) or not isinstance(temperature, (int, float)):
        raise ValueError("capteur_id est un texte, temperature un nombre")
    return identifiant, temperature


def lire_messages(connexion):
    """Rend un à un les messages d'un client : un par ligne."""
    tampon = b""
    while True:
        octets = connexion.recv(4096)
        if not octets:
            break
        tampon += octets
        while b"\n" in tampon:
            message, tampon = tampon.split(b"\n", 1)
            yield message
        if len(tampon) > TAILLE_MAX:
            raise OSError("message trop long")
    yield tampon


def traiter_client(connexion, adresse):
    """Enregistre les mesures d'un client jusqu'à ce qu'il ferme."""
    with connexion:
        try:
            for message in lire_messages(connexion):
                if not message.strip():
                    continue
                try:
                    identifiant, temperature = lire_mesure(message)
                except ValueError as erreur:
                    print(f"{adresse} : refusé, {erreur}")
                    continue
                sauvegarder(BASE, identifiant, temperature)
                print(f"{identifiant} : {temperature} °C")
        except OSError as erreur:
            print(f"{adresse} : {erreur}")


def lancer_serveur(hote, port):
    """Écoute et donne un fil d'exécution à chaque client, jusqu'à Ctrl-C."""
    creer_table(BASE)
    ecoute = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    ecoute.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ecoute.bind((hote, port))
    ecoute.listen()
    print(f"Serveur en écoute sur {hote}:{port}")
    try:
        while True:
            connexion, adresse = ecoute.accept()
            threading.Thread(target=traiter_client, args=(connexion, adresse), daemon=True).start()
    except KeyboardInterrupt:
        print("Arrêt du serveur")
    finally:
        ecoute.close()


if __name__ == "__main__":
    lancer_serveur(HOTE, PORT)
