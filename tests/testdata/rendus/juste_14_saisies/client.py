import socket
import json

# parametres de connexion
hote = input("Adresse du serveur : ")
port = int(input("Port : "))

# saisie de la mesure
capteur = input("Identifiant du capteur : ")
temperature = float(input("Température mesurée : "))

# creation du message
message = {
    "capteur_id": capteur,
    "temperature": temperature
}
message_json = json.dumps(message)

# envoi
client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect((hote, port))
client.send(message_json.encode("utf-8"))
print("Message envoyé !")
client.close()
