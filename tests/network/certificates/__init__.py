"""Certificates of a company that nobody else knows, good for this machine alone."""

from __future__ import annotations

from pathlib import Path

COMPANY = Path(__file__).with_name("company.pem")
COMPANY_SERVER = Path(__file__).with_name("company-server.pem")
"""A certificate that the company signed, with its key."""
