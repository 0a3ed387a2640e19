//go:build !linux

package banc

type espion struct{}

func espionner(Niveau, func(Paquet), func(string)) (*espion, error) { return &espion{}, nil }

func (*espion) fermer() {}
