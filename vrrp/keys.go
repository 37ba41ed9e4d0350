// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"vipward/conf"
	"vipward/vrrp/packet"
)

// Lengths of a key of auth_hmac.
const (
	minKey = 32
	maxKey = 64
)

// hmacKeys are the keys of auth_hmac that files hold, by the path in the configuration.
type hmacKeys map[string]string

// findKeys reads the key files of a configuration, and says what is wrong with them.
func findKeys(cfg *conf.Config, log *slog.Logger) hmacKeys {
	keys := hmacKeys{}
	for _, c := range cfg.Instances {
		if c.HMAC == nil {
			continue
		}
		for _, k := range c.HMAC.Keys {
			if _, done := keys[k.File]; k.File == "" || done {
				continue
			}
			key, err := readKey(k.File, os.Getenv("CREDENTIALS_DIRECTORY"), log)
			if err != nil {
				log.Error(keyFailedLine(c.Name, k.ID, err))
			}
			keys[k.File] = key // empty: known to be bad
		}
	}
	return keys
}

// readKey reads one key file. A name without a directory is a credential of the service
// (LoadCredential= in systemd.exec(5)).
func readKey(path, credentials string, log *slog.Logger) (string, error) {
	credential := filepath.Base(path) == path
	if credential {
		if credentials == "" {
			return "", fmt.Errorf("credential %s: CREDENTIALS_DIRECTORY is not set", path)
		}
		path = filepath.Join(credentials, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")}
	case !credential && info.Mode().Perm()&0o077 != 0:
		log.Warn(keyReadableLine(path, info.Mode().Perm()))
	}
	b, err := io.ReadAll(io.LimitReader(f, 4*maxKey))
	if err != nil {
		return "", err
	}
	return parseKey(path, b)
}

// parseKey takes the content of a key file: hex: and digits, or the key itself. A line end
// behind text is not part of it.
func parseKey(path string, b []byte) (string, error) {
	if line := bytes.TrimRight(b, "\r\n"); printable(line) {
		b = line
	}
	if digits, ok := bytes.CutPrefix(b, []byte("hex:")); ok {
		raw, err := hex.DecodeString(string(digits))
		if err != nil {
			return "", fmt.Errorf("%s: what follows hex: is not hexadecimal", path)
		}
		b = raw
	}
	if len(b) < minKey || len(b) > maxKey {
		return "", fmt.Errorf("%s: the key has %d bytes, not %d to %d", path, len(b), minKey, maxKey)
	}
	return string(b), nil
}

func printable(b []byte) bool {
	return bytes.IndexFunc(b, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// hmacOf takes auth_hmac over, with the keys that could be had.
func hmacOf(c *conf.AuthHMAC, files hmacKeys) *packet.HMAC {
	if c == nil {
		return nil
	}
	h := &packet.HMAC{Active: c.Active, Window: c.Window, Monotonic: c.Monotonic}
	switch c.Mode {
	case "permissive":
		h.Mode = packet.Permissive
	case "receive-only":
		h.Mode = packet.ReceiveOnly
	}
	for _, k := range c.Keys {
		secret := string(k.Key)
		if k.File != "" {
			secret = files[k.File]
		}
		if secret != "" {
			h.Keys = append(h.Keys, packet.Key{ID: k.ID, Secret: secret})
		}
	}
	return h
}

// lacksKey says that the key which is to sign adverts could not be read. The instance must not
// send unsigned ones: the others would drop them, and take over.
func lacksKey(c *conf.AuthHMAC, files hmacKeys) bool {
	if c == nil {
		return false
	}
	for _, k := range c.Keys {
		if k.ID == c.Active {
			return k.File != "" && files[k.File] == ""
		}
	}
	return true
}
