# Capteur v2 : le message porte aussi l'unité
from socket import *
from json import dumps
from random import uniform

soc = socket(AF_INET, SOCK_STREAM)
try:
    soc.connect(('127.0.0.1', 5000))
    mesure = dict(sensor_id='S-101', value=round(uniform(18.0, 26.0), 2), unit='C')
    soc.sendall(dumps(mesure).encode() + b'\r\n')
    print('OK', mesure)
except error as err:
    print('Echec :', err)
finally:
    soc.close()
