"""Capteur : envoie trois mesures au serveur, sur une seule connexion."""

import json
import random
import socket
import time

ADRESSE_SERVEUR = ("localhost", 65432)
NOM_CAPTEUR = "salon"
NB_MESURES = 3
PAUSE = 0.2


def mesurer():
    return {"capteur_id": NOM_CAPTEUR, "temperature": round(random.gauss(20, 3), 2)}


def envoyer_mesures(sock):
    for numero in range(NB_MESURES):
        mesure = mesurer()
        sock.sendall(json.dumps(mesure).encode() + b"\n")
        print("Envoyé :", mesure)
        try:
            reponse = sock.recv(1024)
        except socket.timeout:
            print("Le serveur ne répond pas.")
            return
        if not reponse:
            print("Le serveur a fermé la connexion.")
            return
        print("Réponse :", reponse.decode().strip())
        time.sleep(PAUSE)


def main():
    try:
        with socket.create_connection(ADRESSE_SERVEUR, timeout=2) as sock:
            envoyer_mesures(sock)
    except ConnectionRefusedError:
        print("Le serveur n'est pas démarré.")
    except OSError as e:
        print("Erreur réseau :", e)
    except KeyboardInterrupt:
        print("Interrompu.")


main()
