import json
import select
import socket
from datetime import datetime

SERVEUR = "192.168.1.50"  # la machine de la salle
PORT = 5000

ecoute = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
ecoute.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
ecoute.bind((SERVEUR, PORT))
ecoute.listen()

clients = {}  # socket -> octets reçus, pas encore une ligne


def enregistrer(ligne):
    try:
        donnees = json.loads(ligne.decode("utf-8"))
        capteur = donnees["capteur_id"].replace("\n", "\\n").replace("\r", "\\r")
        temperature = donnees["temperature"] + 0  # TypeError si ce n'est pas un nombre
    except (ValueError, KeyError, TypeError, AttributeError):
        print("message ignoré")
        return
    quand = datetime.now().strftime("%Y-%m-%d %H:%M:%S")
    with open("donnees.txt", "a", encoding="utf-8") as f:
        f.write(f"[{quand}] {capteur} : {temperature} °C\n")


def oublier(sock):
    del clients[sock]
    sock.close()


print("Serveur prêt")
try:
    while True:
        prets, _, _ = select.select([ecoute, *clients], [], [])
        for sock in prets:
            if sock is ecoute:
                nouveau, adresse = ecoute.accept()
                clients[nouveau] = b""
                print("connexion de", adresse[0])
                continue
            try:
                recu = sock.recv(8192)
            except OSError:
                oublier(sock)
                continue
            if recu:
                clients[sock] += recu
                while b"\n" in clients[sock]:
                    ligne, clients[sock] = clients[sock].split(b"\n", 1)
                    enregistrer(ligne)
                if len(clients[sock]) > 100_000:
                    print("message trop long")
                    oublier(sock)
            else:
                if clients[sock]:
                    enregistrer(clients[sock])
                oublier(sock)
except KeyboardInterrupt:
    print("\nServeur arrêté.")
finally:
    for sock in clients:
        sock.close()
    ecoute.close()
