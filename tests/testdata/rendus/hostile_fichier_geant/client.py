# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Un client ordinaire : c'est le serveur qui nuit.
import json
import random
import socket

mesure = {"capteur_id": "capteur_1", "temperature": round(random.uniform(15, 25), 2)}
with socket.create_connection(("127.0.0.1", 5000), timeout=5) as s:
    s.sendall(json.dumps(mesure).encode() + b"\n")
