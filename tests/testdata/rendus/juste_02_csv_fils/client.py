#!/usr/bin/env python3
# Client : demande une température à l'utilisateur et l'envoie au serveur.
import json
import socket
import sys

ADRESSE_SERVEUR = ("localhost", 65432)
CAPTEUR = "capteur_salon"


def saisir_temperature():
    while True:
        saisie = input("Température (°C) : ")
        try:
            return float(saisie.replace(",", "."))
        except ValueError:
            print("Il faut un nombre, par exemple 21.5")


def main():
    temperature = saisir_temperature()
    message = json.dumps({"capteur_id": CAPTEUR, "temperature": temperature}) + "\n"
    try:
        with socket.create_connection(ADRESSE_SERVEUR) as sock:
            sock.sendall(message.encode())
    except OSError as erreur:
        sys.exit(f"Impossible de joindre le serveur : {erreur}")
    print("Mesure envoyée.")


if __name__ == "__main__":
    main()
