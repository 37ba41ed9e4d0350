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

// errProtocol says that a server does not speak the protocol that it was asked for.
var errProtocol = errors.New("not negotiated")

// client is our end of TLS.
type client struct {
	ssl      *conf.SSL // what we show of ourselves; nil: nothing
	sni      string    // name that is sent; empty: none
	protocol string    // of ALPN; empty: none
	trust    *trust    // nil: no certificate is looked at
}

// handshake makes a connection secure. As long as a check does not ask for it no
// certificate of a server is verified, as keepalived does: a check asks whether a server
// serves.
func (c client) handshake(ctx context.Context, conn net.Conn) (*tls.Conn, error) {
	secure := tls.Client(conn, c.config())
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	if got := secure.ConnectionState().NegotiatedProtocol; got != c.protocol {
		return nil, fmt.Errorf("%w: %s %w", ErrHandshake, c.protocol, errProtocol)
	}
	return secure, nil
}

func (c client) config() *tls.Config {
	s := c.ssl
	out := &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // see handshake and trust
		MinVersion:         tls.VersionTLS12,
		CipherSuites:       ciphers(),
		ServerName:         c.sni,
	}
	if c.protocol != "" {
		out.NextProtos = []string{c.protocol}
	}
	if c.trust != nil {
		out.VerifyConnection = c.trust.inspect
	}
	if s != nil && s.Certificate != "" {
		// Asked for at each handshake that needs it: a renewed file counts at once.
		out.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return clientCertificate(s) }
	}
	return out
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
