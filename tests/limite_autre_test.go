//go:build !linux

package tests

import (
	"errors"
	"testing"
)

const sansLimite = 0

var errLinux = errors.New("seul Linux sait le faire à un processus déjà lancé")

func limiterFichiers(t *testing.T, _ int, _ uint64)     { t.Helper(); t.Skip(errLinux) }
func limiterDescripteurs(t *testing.T, _ int, _ uint64) { t.Helper(); t.Skip(errLinux) }
func suspendre(t *testing.T, _ int)                     { t.Helper(); t.Skip(errLinux) }
func reprendre(t *testing.T, _ int)                     { t.Helper(); t.Skip(errLinux) }

// Ailleurs, l'endurance ne regarde ni la mémoire ni les descripteurs du serveur, et se contente de peu de connexions.
func permettreDescripteurs(uint64) error               { return errLinux }
func descripteursPermis() int                          { return 1000 }
func descripteurs(*testing.T, int) int                 { return 0 }
func memoireAuPlusFort(*testing.T, int) (octets int64) { return 0 }
