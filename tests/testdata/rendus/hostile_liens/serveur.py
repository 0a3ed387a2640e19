# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Des liens symboliques : donnees.txt vers /etc/passwd (dans le rendu), d'autres créés au lancement.
import json
import os
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
            with open("recues.txt", "a", encoding="utf-8") as f:
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


LIENS = {
    "racine_bis": "/",
    "boucle": "boucle",
    "ici": ".",
    "au_dessus": "..",
    "mesures.txt": "/etc/passwd",
    "mesures.db": "/dev/zero",
    "sortie.txt": "/proc/self/mem",
}
for nom, cible in LIENS.items():
    try:
        os.symlink(cible, nom)
    except OSError:
        pass
try:
    os.mkfifo("tube.txt")  # l'ouvrir bloque
except OSError:
    pass
servir()
