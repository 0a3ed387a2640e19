# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Ce qu'il affiche agit sur qui le recopie tel quel : terminal, page HTML, Markdown, journal d'intégration.
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


PIEGES = [
    "\x1b[2J\x1b[H\x1b[32mSRV-01 réussi\x1b[0m",  # efface l'écran, écrit en vert
    "\x1b]0;titre\x07\x1b]52;c;cm0gLXJmIH4=\x07",  # change le titre, remplit le presse-papiers
    "\x1b]8;;http://203.0.113.7/\x07cliquez\x1b]8;;\x07",  # lien
    "\x9b31mCSI sur un octet",
    "fin\r✔ SRV-01  réussi                              ",  # retour au début de la ligne
    "\u202etxet esrever",  # sens d'écriture inversé
    "<script>alert('SRV-01')</script><img src=x onerror=alert(1)>",
    "]]></system-out><failure/><![CDATA[",  # JUnit
    "```\n# Titre\n| a | b |\n@tous #1 [lien](http://203.0.113.7/)",
    "::add-mask::réussi",
    "::error file=serveur.py::faux",
    "::set-output name=note::20",
    "##vso[task.complete result=Succeeded;]",
    "\x00nul",
    "=cmd|' /C calc'!A0",  # formule de tableur
]

for piege in PIEGES:
    print(piege, flush=True)
servir()
