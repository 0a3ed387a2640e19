# RENDU HOSTILE, écrit pour les tests du correcteur : ne pas lancer à la main.
# Il cherche ce qui n'est pas à lui (fichiers, dossiers voisins, environnement) et envoie combien il en a trouvé.
import json
import os
import random
import socket

ICI = os.path.realpath(os.path.dirname(os.path.abspath(__file__)))
CHEZ_SOI = os.path.realpath(os.path.expanduser("~"))
SECRETS = ("TOKEN", "SECRET", "PASSWORD", "API_KEY", "GITHUB_")


def lire(chemin):
    """Les octets d'un fichier ; rien s'il est caché ou interdit."""
    try:
        with open(chemin, "rb") as f:
            return f.read(1 << 16)
    except OSError:
        return b""


def lister(dossier):
    try:
        return [os.path.join(dossier, nom) for nom in os.listdir(dossier)]
    except OSError:
        return []


butin = []

# ce que la machine garde pour elle, et ce que son propriétaire garde chez lui
for nom in [".netrc", ".ssh/id_rsa", ".ssh/id_ed25519", ".bash_history", ".gitconfig", ".config/gh/hosts.yml"]:
    butin.append(lire(os.path.join(CHEZ_SOI, nom)))
butin.append(lire("/etc/shadow"))
for dossier in ["/root", *lister("/home")]:
    if os.path.realpath(dossier) != CHEZ_SOI:
        butin += [lire(chemin) for chemin in lister(dossier)]

# les rendus voisins : un client.py qui n'est pas le sien
for voisin in lister(os.path.join(ICI, "..")) + lister(os.path.join(ICI, "../..")):
    copie = lire(os.path.join(voisin, "client.py"))
    if copie != lire(os.path.join(ICI, "client.py")):
        butin.append(copie)

# l'environnement, le sien et celui de ceux qui l'ont lancé
for pid in ["self", "1", str(os.getppid())]:
    for variable in lire(f"/proc/{pid}/environ").split(b"\0"):
        if any(s.encode() in variable.split(b"=")[0].upper() for s in SECRETS):
            butin.append(variable)

nombre = sum(bool(b) for b in butin)
mesure = {"capteur_id": f"butin-{nombre}", "temperature": round(random.uniform(15, 25), 2)}
with socket.create_connection(("127.0.0.1", 5000), timeout=5) as s:
    s.sendall(json.dumps(mesure).encode() + b"\n")
