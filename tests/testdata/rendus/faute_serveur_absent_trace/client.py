import json
import random
import socket
import sys

# usage : python client.py [identifiant]
identifiant = sys.argv[1] if len(sys.argv) > 1 else "sonde_nord"

mesure = {
    "capteur_id": identifiant,
    "temperature": round(random.uniform(-10.0, 40.0), 1),
}

sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
sock.connect(("127.0.0.1", 9999))

sock.sendall(json.dumps(mesure).encode("utf-8") + b"\n")
sock.close()
print("Température", mesure["temperature"], "envoyée pour", identifiant)
