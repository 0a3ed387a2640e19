"""Serveur à un seul fil : selectors surveille toutes les connexions.

Les octets de chaque client s'accumulent dans son tampon ; chaque ligne complète
est une mesure, ajoutée à mesures.jsonl.
"""

import json
import selectors
import socket
from datetime import datetime, timezone

HOST, PORT = "0.0.0.0", 12345
FICHIER = "mesures.jsonl"
TAILLE_MAX = 64 * 1024  # d'une ligne

selecteur = selectors.DefaultSelector()


def sauvegarder(capteur_id, temperature):
    enregistrement = {
        "capteur_id": capteur_id,
        "temperature": temperature,
        "timestamp": datetime.now(timezone.utc).isoformat(),
    }
    with open(FICHIER, "a", encoding="utf-8") as f:
        f.write(json.dumps(enregistrement, ensure_ascii=False) + "\n")


def traiter_ligne(ligne):
    if not ligne.strip():
        return
    try:
        objet = json.loads(ligne)
        capteur_id, temperature = objet["capteur_id"], objet["temperature"]
        if not isinstance(capteur_id, str) or isinstance(temperature, bool):
            raise TypeError("mauvais type")
        if not isinstance(temperature, (int, float)):
            raise TypeError("la température n'est pas un nombre")
    except (ValueError, KeyError, TypeError) as e:
        print("ligne refusée :", repr(e)[:200])
        return
    sauvegarder(capteur_id, temperature)
    print(f"{capteur_id} {temperature}")


def accepter(ecoute):
    connexion, _ = ecoute.accept()
    connexion.setblocking(False)
    selecteur.register(connexion, selectors.EVENT_READ, bytearray())


def fermer(connexion):
    selecteur.unregister(connexion)
    connexion.close()


def lire(connexion, tampon):
    try:
        octets = connexion.recv(4096)
    except BlockingIOError:
        return
    except OSError:
        fermer(connexion)
        return
    if not octets:
        traiter_ligne(bytes(tampon))  # une dernière ligne, sans saut de ligne
        fermer(connexion)
        return
    tampon += octets
    *lignes, reste = tampon.split(b"\n")
    tampon[:] = reste
    for ligne in lignes:
        traiter_ligne(bytes(ligne))
    if len(tampon) > TAILLE_MAX:
        print("ligne trop longue : connexion fermée")
        fermer(connexion)


def main():
    with socket.socket() as ecoute:
        ecoute.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ecoute.bind((HOST, PORT))
        ecoute.listen(128)
        ecoute.setblocking(False)
        selecteur.register(ecoute, selectors.EVENT_READ, None)
        print(f"écoute sur {HOST}:{PORT}")
        while True:
            for cle, _ in selecteur.select():
                if cle.data is None:
                    accepter(cle.fileobj)
                else:
                    lire(cle.fileobj, cle.data)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("arrêt")
