#!/usr/bin/env python3
"""Enregistre les températures reçues dans temperatures.log, par le module logging."""
import json
import logging
import socket
import threading

PORT = 12345
TROP_LONG = 16384
SUR_UNE_LIGNE = {ord("\n"): " ", ord("\r"): " "}

mesures = logging.getLogger("mesures")
mesures.setLevel(logging.INFO)
fichier = logging.FileHandler("temperatures.log", encoding="utf-8")
fichier.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
mesures.addHandler(fichier)


def lignes(connexion):
    """Les lignes reçues ; la dernière peut ne pas finir par un saut de ligne."""
    reste = b""
    while bloc := connexion.recv(2048):
        *completes, reste = (reste + bloc).split(b"\n")
        yield from completes
        if len(reste) > TROP_LONG:
            raise ValueError("ligne trop longue")
    if reste:
        yield reste


def client(connexion):
    try:
        for ligne in lignes(connexion):
            if not ligne.strip():
                continue
            try:
                m = json.loads(ligne)
                identifiant = m["capteur_id"].translate(SUR_UNE_LIGNE)
                temperature = float(m["temperature"])
            except (ValueError, KeyError, TypeError, AttributeError) as e:
                print("ignoré :", type(e).__name__)
                continue
            mesures.info("capteur=%s temperature=%s", identifiant, temperature)
    except (OSError, ValueError) as e:
        print("connexion fermée :", e)
    finally:
        connexion.close()


ecoute = socket.create_server(("", PORT))
print("En écoute sur le port", PORT)
try:
    while True:
        connexion, _ = ecoute.accept()
        threading.Thread(target=client, args=(connexion,), daemon=True).start()
except KeyboardInterrupt:
    print("Fin.")
