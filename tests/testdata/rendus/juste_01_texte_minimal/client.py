import json
import random
import socket

HOTE = "127.0.0.1"
PORT = 5000

mesure = {
    "capteur_id": "capteur_1",
    "temperature": round(random.uniform(15, 30), 2),
}

try:
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.connect((HOTE, PORT))
    s.sendall(json.dumps(mesure).encode("utf-8"))
    s.close()
    print("Envoyé :", mesure)
except ConnectionRefusedError:
    print("Le serveur n'est pas lancé.")
