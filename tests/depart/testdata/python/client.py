"""Client : un capteur relève une température et l'envoie au serveur."""

import json
import random
import socket

HOTE = "127.0.0.1"
PORT = 5000
CAPTEUR_ID = "capteur_1"


def generer():
    """Rend une température en °C, un nombre comme 23.5, qui varie d'une fois à l'autre."""
    return round(random.gauss(20, 5), 2)


def preparer(capteur_id, temperature):
    """Rend les octets d'un message : un objet JSON, en UTF-8, suivi d'un saut de ligne."""
    return json.dumps({"capteur_id": capteur_id, "temperature": temperature}).encode() + b"\n"


def envoyer(hote, port, message):
    """Se connecte au serveur, lui envoie le message et ferme la connexion."""
    with socket.create_connection((hote, port), timeout=10) as connexion:
        connexion.sendall(message)


if __name__ == "__main__":
    envoyer(HOTE, PORT, preparer(CAPTEUR_ID, generer()))
