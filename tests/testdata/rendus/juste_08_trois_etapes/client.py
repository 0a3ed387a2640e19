"""Client : envoie une mesure de température au serveur."""

import json
import random
import socket
import sys

HOTE = "127.0.0.1"
PORT = 5000
CAPTEUR_ID = "capteur_1"


def generer_mesure():
    """Rend une température au hasard, en degrés Celsius."""
    return round(random.uniform(-5, 35), 2)


def preparer_message(capteur_id, temperature):
    """Rend le message JSON d'une mesure, en octets, terminé par un saut de ligne."""
    return (json.dumps({"capteur_id": capteur_id, "temperature": temperature}) + "\n").encode("utf-8")


def envoyer_mesure(hote, port, capteur_id, temperature):
    """Se connecte au serveur et lui envoie une mesure."""
    with socket.create_connection((hote, port), timeout=5) as sock:
        sock.sendall(preparer_message(capteur_id, temperature))


if __name__ == "__main__":
    temperature = generer_mesure()
    try:
        envoyer_mesure(HOTE, PORT, CAPTEUR_ID, temperature)
    except OSError as erreur:
        sys.exit(f"Le serveur {HOTE}:{PORT} ne répond pas ({erreur}).")
    print(f"{CAPTEUR_ID} : {temperature} °C envoyés")
