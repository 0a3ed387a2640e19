'use strict';
const net = require('node:net');

const CAPTEUR_ID = 'capteur_js';
const NB_MESURES = 3;

let temperature = 20 + 4 * Math.random();

const socket = net.createConnection({ host: '127.0.0.1', port: 3000 }, () => {
  let envoyees = 0;
  const envoyer = () => {
    temperature += Math.random() - 0.5;
    const message = JSON.stringify({ capteur_id: CAPTEUR_ID, temperature: Number(temperature.toFixed(2)) });
    socket.write(message + '\n');
    console.log('>', message);
    if (++envoyees === NB_MESURES) {
      clearInterval(minuterie);
      socket.end();
    }
  };
  const minuterie = setInterval(envoyer, 300);
  socket.on('close', () => clearInterval(minuterie));
});

socket.setEncoding('utf8');
socket.on('data', (reponse) => console.log('<', reponse.trim()));
socket.on('error', (err) => {
  console.error(`Connexion perdue ou impossible : ${err.message}`);
  process.exitCode = 1;
});
