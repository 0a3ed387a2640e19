# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Il se détache (double fork, setsid), ignore les signaux, garde le port 5000, et survit à son père.
import json
import os
import signal
import socket
import socketserver
import sys
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


def cloisonne():
    """Vrai dans une cloison du correcteur : pas d'autre réseau que lo, et les tunnels que Linux y met parfois."""
    factices = ("lo", "tunl", "sit", "gre", "erspan", "ip6", "ip_vti")
    return all(nom.startswith(factices) for _, nom in socket.if_nameindex())


if not cloisonne():
    sys.exit("Programme hostile, pour les tests du correcteur : il ne fait rien hors d'une cloison.")

if os.fork():
    os._exit(0)  # le père rend 0 aussitôt
os.setsid()
if os.fork():
    os._exit(0)
for s in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
    signal.signal(s, signal.SIG_IGN)
rien = os.open(os.devnull, os.O_RDWR)
for descripteur in 0, 1, 2:
    os.dup2(rien, descripteur)
servir()
