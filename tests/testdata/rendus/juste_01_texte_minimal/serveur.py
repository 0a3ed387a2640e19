import json
import socket
from datetime import datetime

HOTE = "127.0.0.1"
PORT = 5000
FICHIER = "donnees.txt"

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((HOTE, PORT))
s.listen()
print("Serveur en écoute sur le port", PORT)

try:
    while True:
        client, adresse = s.accept()
        recu = bytearray()
        try:
            # on lit jusqu'à ce que le client ferme
            while True:
                morceau = client.recv(4096)
                if not morceau:
                    break
                recu += morceau
            donnees = json.loads(recu.decode("utf-8"))
            ident = donnees["capteur_id"]
            temp = donnees["temperature"]
            with open(FICHIER, "a", encoding="utf-8") as f:
                f.write(f"{ident};{temp};{datetime.now()}\n")
            print(adresse[0], ident, temp)
        except (ValueError, KeyError, TypeError, OSError) as e:
            print("Message ignoré :", e)
        client.close()
except KeyboardInterrupt:
    print("Fin du serveur")
    s.close()
