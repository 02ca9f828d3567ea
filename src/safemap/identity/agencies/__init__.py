"""Signing in with the account that an agency's staff have there (OpenID Connect).

An **agency** is a ministry, county or police office with a sign-in service of its own, named in the settings. What it
vouches for is a **proof**: who somebody is there, and a verified address. A proof opens the account of that address, or
takes up an invitation that was sent to it; it never makes a role.
"""
