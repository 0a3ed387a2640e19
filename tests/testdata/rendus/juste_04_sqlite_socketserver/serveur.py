import argparse
import json
import socketserver
import sqlite3
import threading
from datetime import datetime

LIGNE_MAX = 65536


class Base:
    """La base de données, partagée par tous les fils."""

    def __init__(self, fichier):
        self.verrou = threading.Lock()
        self.connexion = sqlite3.connect(fichier, check_same_thread=False)
        self.connexion.execute(
            """CREATE TABLE IF NOT EXISTS mesures (
                 id          INTEGER PRIMARY KEY AUTOINCREMENT,
                 capteur_id  TEXT NOT NULL,
                 temperature REAL NOT NULL,
                 timestamp   TEXT NOT NULL)"""
        )
        self.connexion.commit()

    def ajouter(self, capteur_id, temperature):
        with self.verrou:
            self.connexion.execute(
                "INSERT INTO mesures (capteur_id, temperature, timestamp) VALUES (?, ?, ?)",
                (capteur_id, temperature, datetime.now().isoformat(sep=" ")),
            )
            self.connexion.commit()


class Gestionnaire(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while True:
                ligne = self.rfile.readline(LIGNE_MAX + 1)
                if not ligne:
                    return
                if len(ligne) > LIGNE_MAX:
                    self.wfile.write(b"ERREUR message trop long\n")
                    return
                if ligne.strip():
                    self.wfile.write(self.traiter(ligne).encode() + b"\n")
        except OSError:
            pass  # le client est parti

    def traiter(self, ligne):
        try:
            mesure = json.loads(ligne)
            capteur_id = mesure["capteur_id"]
            temperature = float(mesure["temperature"])
        except (ValueError, KeyError, TypeError) as e:
            return "ERREUR " + type(e).__name__
        if not isinstance(capteur_id, str):
            return "ERREUR capteur_id"
        self.server.base.ajouter(capteur_id, temperature)
        return "OK"


class Serveur(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def main():
    p = argparse.ArgumentParser(description="Enregistre les mesures reçues dans une base SQLite.")
    p.add_argument("--hote", default="127.0.0.1")
    p.add_argument("--port", type=int, default=5000)
    p.add_argument("--base", default="donnees.db")
    args = p.parse_args()
    with Serveur((args.hote, args.port), Gestionnaire) as serveur:
        serveur.base = Base(args.base)
        print(f"Serveur prêt sur {args.hote}:{args.port}")
        try:
            serveur.serve_forever()
        except KeyboardInterrupt:
            print("Arrêt demandé")


if __name__ == "__main__":
    main()
