import json
import random
import socket
import time

SERVEUR = "192.168.1.50"
PORT = 5000
ID = "capteur_atelier"

temperature = random.uniform(17, 23)


def connexion():
    """Essaie jusqu'à ce que le serveur soit là."""
    while True:
        try:
            return socket.create_connection((SERVEUR, PORT), timeout=5)
        except OSError as e:
            print("Serveur absent, nouvel essai dans 2 s :", e)
            time.sleep(2)


sock = None
try:
    sock = connexion()
    while True:
        temperature += random.uniform(-0.3, 0.3)
        donnees = {"capteur_id": ID, "temperature": round(temperature, 2)}
        try:
            sock.sendall(json.dumps(donnees).encode() + b"\n")
            print(donnees)
        except OSError:
            sock.close()
            sock = connexion()
        time.sleep(1)
except KeyboardInterrupt:
    print("\nCapteur arrêté.")
finally:
    if sock:
        sock.close()
