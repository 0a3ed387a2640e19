package reseau

import "golang.org/x/sys/windows"

// Les erreurs du système que l'on reconnaît. Celles du paquet syscall sont, sous Windows, des nombres inventés.
const (
	portPris         = windows.WSAEADDRINUSE
	portReserve      = windows.WSAEACCES
	adresseAbsente   = windows.WSAEADDRNOTAVAIL
	connexionRefusee = windows.WSAECONNREFUSED
	connexionCoupee  = windows.WSAECONNRESET
)

// manques sont les erreurs passagères d'un serveur à court de moyens.
var manques = []error{windows.WSAEMFILE, windows.WSAECONNABORTED, windows.WSAECONNRESET, windows.WSAENOBUFS}
