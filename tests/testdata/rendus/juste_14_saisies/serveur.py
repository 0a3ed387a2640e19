import socket
import json
import datetime

port = int(input("Port d'écoute : "))

# creation du serveur
serveur = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
serveur.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
serveur.bind(("0.0.0.0", port))
serveur.listen()
print("Le serveur écoute sur le port", port)

while True:
    # attente d'un client
    client, adresse = serveur.accept()
    print("Connexion de", adresse)
    try:
        # reception
        message = client.recv(1024).decode("utf-8")
        donnees = json.loads(message)
        capteur = donnees["capteur_id"]
        temperature = donnees["temperature"]
        date = datetime.datetime.now()

        # sauvegarde
        fichier = open("donnees.txt", "a", encoding="utf-8")
        fichier.write(str(date) + " " + capteur + " " + str(temperature) + "\n")
        fichier.close()
        print("Capteur", capteur, ":", temperature, "°C")
    except Exception as erreur:
        print("Erreur :", erreur)
    client.close()
