"""Sign-in, sign-out, and one's own access tokens."""

from django.contrib.auth import views as auth_views
from django.urls import path

from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.views import tokens
from geo_lhi.accounts.views.sign_in import SignIn

urlpatterns = [
    path("connexion/", access(Access.PUBLIC)(SignIn.as_view()), name="sign-in"),
    path("deconnexion/", access(Access.SIGNED_IN)(auth_views.LogoutView.as_view()), name="sign-out"),
    path("compte/jetons/", tokens.tokens, name="tokens"),
    path("compte/jetons/<int:pk>/revoquer/", tokens.revoke, name="token-revoke"),
]
