import argparse
import json
import random
import socket
import sys


def lire_arguments():
    p = argparse.ArgumentParser(description="Envoie une mesure de température.")
    p.add_argument("--hote", default="127.0.0.1")
    p.add_argument("--port", type=int, default=5000)
    p.add_argument("--capteur", default="capteur_12", help="identifiant du capteur")
    p.add_argument("--temperature", type=float, help="au hasard si elle n'est pas donnée")
    return p.parse_args()


def main():
    args = lire_arguments()
    temperature = args.temperature
    if temperature is None:
        temperature = round(random.gauss(20, 4), 2)

    mesure = {"capteur_id": args.capteur, "temperature": temperature}
    try:
        with socket.create_connection((args.hote, args.port), timeout=5) as s:
            s.sendall((json.dumps(mesure) + "\n").encode("utf-8"))
            reponse = s.makefile("r", encoding="utf-8").readline()
    except socket.timeout:
        print("Le serveur n'a pas répondu.")
        return 1
    except OSError as e:
        print("Connexion impossible :", e)
        return 1
    print("Réponse du serveur :", reponse.strip() or "(aucune)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
