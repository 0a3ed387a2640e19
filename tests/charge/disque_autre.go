//go:build !linux

package main

import "os"

// fdatasync rend durable tout le fichier : ces systèmes n'ont rien de moins.
func fdatasync(f *os.File) error { return f.Sync() }
