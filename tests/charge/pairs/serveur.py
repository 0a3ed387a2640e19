"""Un serveur comme l'énoncé en demande : un thread par connexion, une base SQLite, une transaction par mesure."""

import json
import socket
import sqlite3
import sys
import threading
from datetime import datetime, timezone

fichier, journal = sys.argv[1:]
base = sqlite3.connect(fichier, check_same_thread=False)
if journal == "wal":
    base.execute("PRAGMA journal_mode=WAL")
base.execute(
    "CREATE TABLE mesures(id INTEGER PRIMARY KEY, capteur_id TEXT, temperature REAL, timestamp TEXT)"
)
verrou = threading.Lock()


def sauvegarder(mesure):
    maintenant = datetime.now(timezone.utc).isoformat()
    with verrou, base:  # « with base » valide la transaction : la mesure est durable
        base.execute(
            "INSERT INTO mesures(capteur_id, temperature, timestamp) VALUES (?, ?, ?)",
            (mesure["capteur_id"], mesure["temperature"], maintenant),
        )


def traiter(connexion):
    with connexion, connexion.makefile("rb") as lignes:
        for rang, ligne in enumerate(lignes, start=1):
            sauvegarder(json.loads(ligne))
            connexion.sendall(b'{"statut":"ok","enregistrees":%d}\n' % rang)


ecoute = socket.create_server(("127.0.0.1", 0), backlog=128)
print("%s:%d" % ecoute.getsockname(), flush=True)
while True:
    connexion, _ = ecoute.accept()
    threading.Thread(target=traiter, args=(connexion,), daemon=True).start()
