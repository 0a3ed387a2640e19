import csv
import json
import selectors
import socket
import time

PORT = 9999
FICHIER = "releves.csv"
TAILLE_TAMPON = 200000

selecteur = selectors.DefaultSelector()
tampons = {}


def ecrire(identifiant, temperature):
    with open(FICHIER, "a", newline="", encoding="utf-8") as f:
        ecrivain = csv.writer(f)
        ecrivain.writerow([time.strftime("%d/%m/%Y %H:%M:%S"), identifiant, temperature])


def valide(identifiant, temperature):
    if not isinstance(identifiant, str) or not identifiant.isprintable():
        return False
    return isinstance(temperature, (int, float)) and not isinstance(temperature, bool)


def traiter(ligne):
    try:
        mesure = json.loads(ligne)
    except ValueError:
        print("JSON incorrect")
        return
    if not isinstance(mesure, dict):
        print("Message incorrect")
        return
    try:
        identifiant = mesure["capteur_id"]
        temperature = mesure["temperature"]
    except KeyError as e:
        print("Champ absent :", e)
        return
    if valide(identifiant, temperature):
        ecrire(identifiant, temperature)
        print(identifiant, temperature)
    else:
        print("Mesure refusée")


def accepter(ecoute):
    client, adresse = ecoute.accept()
    tampons[client] = b""
    selecteur.register(client, selectors.EVENT_READ, recevoir)


def fermer(client):
    selecteur.unregister(client)
    del tampons[client]
    client.close()


def recevoir(client):
    donnees = client.recv(65536)
    if not donnees:
        if tampons[client].strip():
            traiter(tampons[client])
        fermer(client)
        return
    lignes = (tampons[client] + donnees).split(b"\n")
    tampons[client] = lignes.pop()
    for ligne in lignes:
        if ligne.strip():
            traiter(ligne)
    if len(tampons[client]) > TAILLE_TAMPON:
        print("Message trop long, connexion fermée")
        fermer(client)


def main():
    ecoute = socket.create_server(("127.0.0.1", PORT), backlog=100)
    selecteur.register(ecoute, selectors.EVENT_READ, accepter)
    print("Serveur prêt sur le port", PORT)
    try:
        while True:
            for cle, _ in selecteur.select():
                cle.data(cle.fileobj)
    except KeyboardInterrupt:
        print("Serveur arrêté")


if __name__ == "__main__":
    main()
