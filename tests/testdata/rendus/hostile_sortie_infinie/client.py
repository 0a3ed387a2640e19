# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Il écrit 10 Go sur sa sortie, puis envoie une mesure.
import json
import socket
import sys

bloc = b"A" * (1 << 20)
for _ in range(10 * 1024):
    sys.stdout.buffer.write(bloc)
with socket.create_connection(("127.0.0.1", 5000), timeout=5) as s:
    s.sendall(json.dumps({"capteur_id": "capteur_1", "temperature": 20.5}).encode() + b"\n")
