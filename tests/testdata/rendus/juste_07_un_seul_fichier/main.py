"""Application client-serveur de relevé de température.

    python3 main.py serveur
    python3 main.py client
"""
import codecs
import json
import random
import socket
import sys
import threading
from datetime import datetime

HOTE = "localhost"
PORT = 9999
JOURNAL = "mesures.log"
MAX_EN_ATTENTE = 32_000  # caractères reçus sans former un message

decodeur_json = json.JSONDecoder()
verrou = threading.Lock()


# ---------------------------------------------------------------- client

def client():
    mesure = {"capteur_id": "Salle B2", "temperature": round(random.gauss(21, 2), 2)}
    try:
        with socket.create_connection((HOTE, PORT), timeout=5) as sock:
            sock.sendall(json.dumps(mesure).encode("utf-8"))
    except OSError as e:
        print("Envoi impossible :", e)
        return 1
    print("Envoyé :", mesure)
    return 0


# --------------------------------------------------------------- serveur

def extraire(texte):
    """Rend les objets complets au début du texte, et ce qui reste à compléter."""
    objets = []
    while True:
        debut = texte.find("{")
        if debut < 0:
            return objets, ""
        texte = texte[debut:]
        try:
            objet, fin = decodeur_json.raw_decode(texte)
        except json.JSONDecodeError:
            ligne, saut, suite = texte.partition("\n")
            if not saut:
                return objets, texte
            texte = suite  # une ligne entière qui n'est pas du JSON
            print("Ligne ignorée :", ligne[:80])
        else:
            objets.append(objet)
            texte = texte[fin:]


def enregistrer(objet):
    capteur_id, temperature = objet["capteur_id"], objet["temperature"]
    if not isinstance(capteur_id, str) or not isinstance(temperature, (int, float)):
        raise TypeError("types inattendus")
    propre = "".join(c if c >= " " else "?" for c in capteur_id)
    quand = datetime.now().isoformat(timespec="seconds")
    with verrou, open(JOURNAL, "a", encoding="utf-8") as f:
        f.write(f"{quand}\t{propre}\t{temperature}\n")
    print(f"[{quand}] {propre} : {temperature} °C")


def servir(sock):
    decodeur = codecs.getincrementaldecoder("utf-8")("replace")
    attente = ""
    with sock:
        while len(attente) < MAX_EN_ATTENTE:
            try:
                octets = sock.recv(4096)
            except OSError:
                return
            if not octets:
                return
            objets, attente = extraire(attente + decodeur.decode(octets))
            for objet in objets:
                try:
                    enregistrer(objet)
                except (KeyError, TypeError) as e:
                    print("Mesure refusée :", e)
    print("Message trop long, connexion fermée")


def serveur():
    ecoute = socket.socket()
    ecoute.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ecoute.bind((HOTE, PORT))
    ecoute.listen(100)
    print(f"Serveur sur {HOTE}:{PORT}")
    try:
        while True:
            sock, _ = ecoute.accept()
            threading.Thread(target=servir, args=(sock,), daemon=True).start()
    except KeyboardInterrupt:
        print("Arrêt")
    finally:
        ecoute.close()
    return 0


if __name__ == "__main__":
    roles = {"client": client, "serveur": serveur}
    if len(sys.argv) != 2 or sys.argv[1] not in roles:
        print(__doc__.strip())
        sys.exit(2)
    sys.exit(roles[sys.argv[1]]())
