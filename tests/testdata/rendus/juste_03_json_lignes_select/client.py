"""Capteur simulé : cinq mesures, une toutes les demi-secondes, une par ligne."""

import json
import random
import socket
import sys
import time

HOST, PORT = "127.0.0.1", 12345
CAPTEUR_ID = "capteur_serre"
NB_MESURES = 5
PERIODE = 0.5


def generer(precedente):
    """La température suivante, proche de la précédente."""
    return round(precedente + random.uniform(-0.5, 0.5), 2)


def main():
    temperature = random.uniform(18, 24)
    try:
        sock = socket.create_connection((HOST, PORT), timeout=5)
    except OSError as e:
        print(f"Pas de serveur sur {HOST}:{PORT} ({e.strerror or e})", file=sys.stderr)
        return 1
    with sock:
        for i in range(NB_MESURES):
            if i:
                time.sleep(PERIODE)
            temperature = generer(temperature)
            ligne = json.dumps({"capteur_id": CAPTEUR_ID, "temperature": temperature})
            sock.sendall(ligne.encode() + b"\n")
            print("->", ligne)
    return 0


if __name__ == "__main__":
    sys.exit(main())
