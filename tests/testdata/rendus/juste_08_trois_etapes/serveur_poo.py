"""Serveur, version objet."""

import json
import socket
import sqlite3
import threading
from datetime import datetime


class ServeurTCP:
    """Écoute des capteurs et enregistre leurs mesures dans une base SQLite."""

    TAILLE_MAX = 20_000  # octets d'un message

    def __init__(self, hote="127.0.0.1", port=5000, base="donnees.db"):
        """Prépare la base ; le serveur n'écoute pas encore."""
        self.hote = hote
        self.port = port
        self.base = base
        self.verrou = threading.Lock()  # un seul fil écrit à la fois
        self.creer_table()

    def creer_table(self):
        """Crée la table des mesures si elle n'existe pas."""
        connexion = sqlite3.connect(self.base)
        connexion.execute("CREATE TABLE IF NOT EXISTS mesures (identifiant TEXT, temperature REAL, timestamp TEXT)")
        connexion.commit()
        connexion.close()

    def sauvegarder(self, identifiant, temperature):
        """Ajoute une mesure à la base."""
        with self.verrou:
            connexion = sqlite3.connect(self.base)
            connexion.execute(
                "INSERT INTO mesures VALUES (?, ?, ?)",
                (identifiant, temperature, datetime.now().isoformat()),
            )
            connexion.commit()
            connexion.close()

    def lire_mesure(self, message):
        """Rend l'identifiant et la température d'un message ; ValueError s'il ne convient pas."""
        donnees = json.loads(message)
        try:
            identifiant, temperature = donnees["capteur_id"], donnees["temperature"]
        except (KeyError, TypeError):
            raise ValueError("il manque capteur_id ou temperature")
        if not isinstance(identifiant, str) or not isinstance(temperature, (int, float)):
            raise ValueError("capteur_id est un texte, temperature un nombre")
        return identifiant, temperature

    def lire_messages(self, connexion):
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
            if len(tampon) > self.TAILLE_MAX:
                raise OSError("message trop long")
        yield tampon

    def traiter_client(self, connexion, adresse):
        """Enregistre les mesures d'un client jusqu'à ce qu'il ferme."""
        with connexion:
            try:
                for message in self.lire_messages(connexion):
                    if not message.strip():
                        continue
                    try:
                        identifiant, temperature = self.lire_mesure(message)
                    except ValueError as erreur:
                        print(f"{adresse} : refusé, {erreur}")
                        continue
                    self.sauvegarder(identifiant, temperature)
                    print(f"{identifiant} : {temperature} °C")
            except OSError as erreur:
                print(f"{adresse} : {erreur}")

    def lancer(self):
        """Méthode principale : écoute et traite les connexions, jusqu'à Ctrl-C."""
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as ecoute:
            ecoute.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            ecoute.bind((self.hote, self.port))
            ecoute.listen()
            print(f"Serveur en écoute sur {self.hote}:{self.port}")
            try:
                while True:
                    connexion, adresse = ecoute.accept()
                    threading.Thread(target=self.traiter_client, args=(connexion, adresse), daemon=True).start()
            except KeyboardInterrupt:
                print("Arrêt du serveur")


if __name__ == "__main__":
    ServeurTCP().lancer()
