# Client TCP : envoie une température au serveur
import json
import random
import socket
import sys

HOTE = "127.0.0.1"
PORT = 5000
CAPTEUR_ID = "capteur_1"


def generer_temperature():
    return round(random.uniform(15, 30), 2)


def preparer_message(temperature):
    mesure = {"capteur_id": CAPTEUR_ID, "temperature": temperature}
    return json.dumps(mesure)


def envoyer(message):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
        client.connect((HOTE, PORT))
        client.sendall((message + "\n").encode("utf-8"))


def main():
    temperature = generer_temperature()
    message = preparer_message(temperature)
    try:
        envoyer(message)
    except OSError as erreur:
        print("Impossible de joindre le serveur :", erreur)
        sys.exit(1)
    print("Mesure envoyée :", message)


if __name__ == "__main__":
    main()
