// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"

	"vipward/conf"
)

// errLocal marks trouble of this machine that says nothing about the server.
var errLocal = errors.New("on this machine")

// handshake makes a connection secure. No certificate of a server is verified,
// as keepalived does: a check asks whether a server serves.
func handshake(ctx context.Context, conn net.Conn, s *conf.SSL, sni string) (*tls.Conn, error) {
	secure := tls.Client(conn, clientConfig(s, sni))
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return secure, nil
}

func clientConfig(s *conf.SSL, sni string) *tls.Config {
	c := &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // see handshake
		MinVersion:         tls.VersionTLS12,
		CipherSuites:       ciphers(),
		ServerName:         sni,
	}
	if s != nil && s.Certificate != "" {
		// Asked for at each handshake that needs it: a renewed file counts at once.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return clientCertificate(s) }
	}
	return c
}

// ciphers are those of TLS 1.2 that are not broken outright, the older ones
// too: an old server behind a balancer is not a failed one.
func ciphers() []uint16 {
	var out []uint16
	for _, c := range tls.CipherSuites() {
		out = append(out, c.ID)
	}
	return append(out,
		tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA256,
		tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256)
}

// clientCertificate reads the files of the SSL block.
func clientCertificate(s *conf.SSL) (*tls.Certificate, error) {
	chain, err := os.ReadFile(s.Certificate)
	if err != nil {
		return nil, fmt.Errorf("%w: certificate: %w", errLocal, err)
	}
	keyFile := s.Key
	if keyFile == "" {
		keyFile = s.Certificate
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("%w: key: %w", errLocal, err)
	}
	if key, err = openKey(key, string(s.Password)); err != nil {
		return nil, fmt.Errorf("%w: key %s: %w", errLocal, keyFile, err)
	}
	c, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, fmt.Errorf("%w: certificate %s: %w", errLocal, s.Certificate, err)
	}
	return &c, nil
}

// openKey decrypts a key of the old PEM form; other keys stay as they are.
func openKey(text []byte, password string) ([]byte, error) {
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return text, nil
		}
		//nolint:staticcheck // the form that a password in the configuration goes with
		if !x509.IsEncryptedPEMBlock(block) {
			continue
		}
		//nolint:staticcheck // as above
		der, err := x509.DecryptPEMBlock(block, []byte(password))
		if err != nil {
			return nil, err
		}
		return pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: der}), nil
	}
}
