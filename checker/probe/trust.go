// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"vipward/conf"
)

// ErrCertificate says that the certificate of a server is not good.
var ErrCertificate = errors.New("certificate")

// trust looks at the certificate of a server.
type trust struct {
	*conf.Trust
	host    string    // that the certificate must be for, a name or an address
	expires time.Time // when the certificate of the last handshake ends; zero: not asked for
}

// inspect implements the VerifyConnection of a tls.Config.
func (t *trust) inspect(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return fmt.Errorf("%w: there is none", ErrCertificate)
	}
	if t.ExpiryWarning > 0 {
		t.expires = state.PeerCertificates[0].NotAfter
	}
	if !t.Verify {
		return nil
	}
	roots, err := t.roots()
	if err != nil {
		return err
	}
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err = state.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: t.host, Roots: roots, Intermediates: between})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	return nil
}

// roots reads the authorities at each run: a renewed file counts at once. nil are those of
// the system.
func (t *trust) roots() (*x509.CertPool, error) {
	if t.CAFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(t.CAFile)
	if err != nil {
		return nil, fmt.Errorf("%w: ca_file: %w", errLocal, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%w: ca_file %s: no certificate in it", errLocal, t.CAFile)
	}
	return pool, nil
}

// trustID names what a check wants to see of a certificate. The warning is no part of it.
func trustID(t *conf.Trust) string {
	if !t.Verify && t.Name == "" {
		return ""
	}
	return fmt.Sprintf(" verify=%t by %q for %q", t.Verify, t.CAFile, t.Name)
}
