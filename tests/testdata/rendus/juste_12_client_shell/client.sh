#!/bin/bash
# Capteur en bash : rien d'autre que /dev/tcp et printf.
hote=127.0.0.1
port=12345
capteur=capteur_shell

dixiemes=$((RANDOM % 200 + 100))   # de 10,0 à 29,9 °C
temperature=$((dixiemes / 10)).$((dixiemes % 10))

if ! { exec 3<>"/dev/tcp/$hote/$port"; } 2>/dev/null; then
	echo "Pas de serveur sur $hote:$port" >&2
	exit 1
fi

printf '{"capteur_id": "%s", "temperature": %s}\n' "$capteur" "$temperature" >&3
exec 3>&-
echo "$capteur : $temperature °C"
