// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"
	"time"

	"vipward/checker/probe"
	"vipward/conf"
)

// lineCertificate says why a certificate is refused.
func lineCertificate(r ran) string {
	return fmt.Sprintf("Certificate of server %s is refused: %s.", r.target(), oneLine(r.cause))
}

// certificateRefused says whether that is why a run has failed.
func certificateRefused(r ran) bool { return errors.Is(r.cause, probe.ErrCertificate) }

// warnEvery is the time between warnings about one certificate.
const warnEvery = 24 * time.Hour

// expiry warns of a certificate that ends soon, once a day.
func (c *check) expiry(expires, now time.Time) []string {
	limit := expiryWarning(c.conf)
	if expires.IsZero() || limit == 0 || now.Before(expires.Add(-limit)) {
		return nil
	}
	if now.Before(time.Unix(int64(c.warned), 0).Add(warnEvery)) {
		return nil
	}
	c.warned = uint32(now.Unix())
	s := c.server
	return []string{lineExpiry(ran{vs: s.pool.vs, rs: s.rs, check: c.conf}, expires, now)}
}

// expiryWarning is how long before the end of a certificate a check warns; 0: never.
func expiryWarning(c *conf.Checker) time.Duration {
	switch {
	case c.HTTP != nil && c.HTTP.TLS:
		return c.HTTP.ExpiryWarning
	case c.GRPC != nil && c.GRPC.TLS:
		return c.GRPC.ExpiryWarning
	}
	return 0
}

func lineExpiry(r ran, expires, now time.Time) string {
	of := fmt.Sprintf("Certificate of server %s for VS %s", r.target(), vsName(r.vs))
	at := expires.UTC().Format("2006-01-02 15:04 UTC")
	if days := int(expires.Sub(now) / (24 * time.Hour)); !now.After(expires) {
		return fmt.Sprintf("%s expires in %d days, at %s", of, days, at)
	}
	return fmt.Sprintf("%s has expired at %s", of, at)
}
