# -*- coding: utf-8 -*-
# Client : demande une température à l'utilisateur et l'envoie
import json
import socket

SERVEUR = "127.0.0.1"
PORT = 12345
IDENTIFIANT = "capteur_cuisine"


def saisir_temperature():
    while True:
        texte = input("Température (en °C) : ")
        try:
            return float(texte.replace(",", "."))
        except ValueError:
            print("Il faut taper un nombre, par exemple 21.5")


def envoyer(temperature):
    message = json.dumps({"capteur_id": IDENTIFIANT, "temperature": temperature})
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.connect((SERVEUR, PORT))
    s.sendall(message.encode("utf-8") + b"\n")
    s.close()
    return message


try:
    valeur = saisir_temperature()
    print("Message envoyé :", envoyer(valeur))
except ConnectionRefusedError:
    print("Aucun serveur à l'adresse", SERVEUR, "port", PORT)
except (KeyboardInterrupt, EOFError):
    print("Au revoir")
