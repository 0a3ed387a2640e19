//go:build unix

package reseau

import "syscall"

// Les erreurs du système que l'on reconnaît.
const (
	portPris         = syscall.EADDRINUSE
	portReserve      = syscall.EACCES
	adresseAbsente   = syscall.EADDRNOTAVAIL
	connexionRefusee = syscall.ECONNREFUSED
	connexionCoupee  = syscall.ECONNRESET
)

// manques sont les erreurs passagères d'un serveur à court de moyens, ou d'un client parti avant d'être servi.
var manques = []error{syscall.EMFILE, syscall.ENFILE, syscall.ECONNABORTED, syscall.ENOBUFS, syscall.ENOMEM}
