# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Il écoute et enregistre comme un autre, mais écrit sans fin sur ses deux sorties, sans un seul saut de ligne.
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


def bavarder(flux):
    while True:
        flux.write(b"B" * (1 << 16))


if __name__ == "__main__":
    import sys
    import threading

    for flux in sys.stdout.buffer, sys.stderr.buffer:
        threading.Thread(target=bavarder, args=[flux], daemon=True).start()
    servir()
