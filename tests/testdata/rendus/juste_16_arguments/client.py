#!/usr/bin/env python3
import json
import socket
import sys

SERVEUR = ("serveur-temperature.local", 65432)


def usage():
    print("usage : python3 client.py <capteur> <température>", file=sys.stderr)
    print("        python3 client.py capteur_1 23.5", file=sys.stderr)
    sys.exit(2)


if len(sys.argv) != 3:
    usage()
capteur_id = sys.argv[1]
try:
    temperature = float(sys.argv[2])
except ValueError:
    usage()

try:
    with socket.create_connection(SERVEUR, timeout=10) as s:
        s.sendall(json.dumps({"capteur_id": capteur_id, "temperature": temperature}).encode())
except socket.gaierror:
    sys.exit(f"nom inconnu : {SERVEUR[0]}")
except OSError as e:
    sys.exit(f"{SERVEUR[0]} : {e.strerror}")
