"""Client TCP."""

import json
import random
import socket
import sys


def connecter(hote="127.0.0.1", port=5000):
    """Ouvre la connexion avec le serveur."""
    connexion = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connexion.connect((hote, port))
    return connexion


def generer_temperature():
    """Retourne une température au hasard, en °C."""
    return round(random.uniform(15, 30), 2)


def envoyer_mesure(connexion, identifiant):
    """Envoie une mesure et la retourne."""
    mesure = {"capteur_id": identifiant, "temperature": generer_temperature()}
    message = json.dumps(mesure) + "\n"
    connexion.sendall(message.encode("utf-8"))
    return mesure


if __name__ == "__main__":
    try:
        with connecter() as connexion:
            print("Mesure envoyée :", envoyer_mesure(connexion, "capteur_1"))
    except OSError as erreur:
        print("Impossible de joindre le serveur :", erreur)
        sys.exit(1)
