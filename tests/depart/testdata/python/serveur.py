"""Serveur : il reçoit les mesures des capteurs et les enregistre."""

import json
import socket
from datetime import datetime, timezone

HOTE = "127.0.0.1"
PORT = 5000
FICHIER = "donnees.txt"


def ecouter(hote, port):
    """Rend une socket qui écoute sur ce port."""
    return socket.create_server((hote, port))


def servir(ecoute):
    """Accepte les connexions, et traite chacune."""
    while True:
        connexion, _ = ecoute.accept()
        with connexion:
            traiter_connexion(connexion)


def traiter_connexion(connexion):
    """Lit les messages d'un client, un par ligne, et enregistre chaque mesure, jusqu'à ce qu'il ferme."""
    for message in connexion.makefile("rb"):
        try:
            sauvegarder(*lire_mesure(message))
        except ValueError as erreur:
            print("refusé :", erreur)


def lire_mesure(message):
    """Rend l'identifiant et la température d'un message ; ValueError s'il ne convient pas."""
    mesure = json.loads(message)
    if not isinstance(mesure, dict) or not {"capteur_id", "temperature"} <= mesure.keys():
        raise ValueError("il manque capteur_id ou temperature")
    return mesure["capteur_id"], mesure["temperature"]


def sauvegarder(capteur_id, temperature):
    """Ajoute une ligne au fichier : la date, l'identifiant, la température."""
    with open(FICHIER, "a", encoding="utf-8") as fichier:
        print(json.dumps([datetime.now(timezone.utc).isoformat(), capteur_id, temperature]), file=fichier)


if __name__ == "__main__":
    servir(ecouter(HOTE, PORT))
