# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Un serveur ordinaire : c'est le client qui nuit.
import json
import socketserver
from datetime import datetime


class Mesures(socketserver.StreamRequestHandler):
    def handle(self):
        for ligne in self.rfile:
            try:
                m = json.loads(ligne)
                texte = f"{m['capteur_id']};{m['temperature']};{datetime.now()}\n"
            except (ValueError, KeyError, TypeError):
                continue
            with open("donnees.txt", "a", encoding="utf-8") as f:
                f.write(texte)


class Serveur(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def servir():
    with Serveur(("127.0.0.1", 5000), Mesures) as serveur:
        try:
            serveur.serve_forever()
        except KeyboardInterrupt:
            pass


servir()
