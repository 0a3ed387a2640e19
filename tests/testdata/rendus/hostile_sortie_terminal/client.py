# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Ce qu'il affiche et envoie agit sur qui le recopie tel quel : terminal, page HTML, Markdown, journal d'intégration.
import json
import random
import socket
import sys

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
    print(piege)
    print(piege, file=sys.stderr)
sys.stdout.buffer.write(bytes(range(256)) + b"\n")  # tous les octets, dont de l'UTF-8 invalide

identifiant = PIEGES[0] + PIEGES[6] + PIEGES[9]
mesure = {"capteur_id": identifiant, "temperature": round(random.uniform(15, 25), 2)}
with socket.create_connection(("127.0.0.1", 5000), timeout=5) as s:
    s.sendall(json.dumps(mesure).encode() + b"\n")
