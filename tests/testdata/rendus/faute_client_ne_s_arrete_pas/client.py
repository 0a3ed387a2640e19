"""Capteur : envoie une mesure au serveur toutes les demi-secondes."""

import json
import random
import signal
import socket
import time

ADRESSE_SERVEUR = ("localhost", 65432)
NOM_CAPTEUR = "salon"
PAUSE = 0.5


def mesurer():
    return {"capteur_id": NOM_CAPTEUR, "temperature": round(random.gauss(20, 3), 2)}


def envoyer_mesure(mesure):
    with socket.create_connection(ADRESSE_SERVEUR, timeout=2) as sock:
        sock.sendall(json.dumps(mesure).encode() + b"\n")
        print("Envoyé :", mesure)
        print("Réponse :", sock.recv(1024).decode().strip())


# le capteur doit fonctionner jour et nuit
signal.signal(signal.SIGINT, signal.SIG_IGN)

while True:
    try:
        envoyer_mesure(mesurer())
    except OSError:
        print("Le serveur ne répond pas, nouvel essai...")
    time.sleep(PAUSE)
