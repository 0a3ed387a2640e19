# -*- coding: utf-8 -*-
# Serveur : enregistre les mesures dans une base SQLite
import json
import socketserver
import sqlite3
import threading

PORT = 12345
BASE = "capteurs.db"
LONGUEUR_MAX = 10000

verrou = threading.Lock()


def creer_table():
    base = sqlite3.connect(BASE)
    base.execute(
        "CREATE TABLE IF NOT EXISTS mesures ("
        "id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "identifiant TEXT NOT NULL, "
        "temperature REAL NOT NULL, "
        "timestamp TEXT DEFAULT CURRENT_TIMESTAMP)"
    )
    base.commit()
    base.close()


def inserer(identifiant, temperature):
    with verrou:
        base = sqlite3.connect(BASE)
        base.execute("INSERT INTO mesures (identifiant, temperature) VALUES (?, ?)", (identifiant, temperature))
        base.commit()
        base.close()


def extraire(ligne):
    message = json.loads(ligne)
    identifiant = message["id_capteur"]
    temperature = message["temperature"]
    if type(identifiant) is not str:
        raise TypeError("id_capteur doit être une chaîne")
    if type(temperature) not in (int, float):
        raise TypeError("temperature doit être un nombre")
    return identifiant, temperature


class Gestionnaire(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while True:
                ligne = self.rfile.readline(LONGUEUR_MAX)
                if not ligne or len(ligne) == LONGUEUR_MAX:
                    break
                if ligne.strip():
                    self.traiter(ligne)
        except OSError as erreur:
            print("Déconnexion :", erreur)

    def traiter(self, ligne):
        try:
            identifiant, temperature = extraire(ligne)
        except (ValueError, KeyError, TypeError) as erreur:
            print("Message ignoré :", erreur)
            return
        inserer(identifiant, temperature)
        print("Mesure de", identifiant, ":", temperature)


class Serveur(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 20


if __name__ == "__main__":
    creer_table()
    with Serveur(("", PORT), Gestionnaire) as serveur:
        print("En attente de mesures sur le port", PORT)
        try:
            serveur.serve_forever()
        except KeyboardInterrupt:
            print("Fin du serveur")
