# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Il quitte avant d'avoir rien fait, avec un code de réussite.
import os

print("Tous les tests sont réussis : 20/20")
os._exit(0)

import json
import socket

with socket.create_connection(("127.0.0.1", 5000)) as s:
    s.sendall(json.dumps({"capteur_id": "capteur_1", "temperature": 20.5}).encode())
