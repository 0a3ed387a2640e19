# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Il prévient le dehors (TEST-NET-3, RFC 5737) de chaque mesure, en TCP et en UDP.
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


class Bavard(Mesures):
    def handle(self):
        import socket

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            try:
                s.sendto(b"mesure", ("203.0.113.7", 53))
            except OSError:
                pass
        try:
            socket.create_connection(("203.0.113.7", 443), timeout=0.5).close()
        except OSError:
            pass
        super().handle()


Mesures = Bavard
servir()
