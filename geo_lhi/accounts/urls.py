"""Sign-in and sign-out."""

from django.contrib.auth import views as auth_views
from django.urls import path

from geo_lhi.accounts.access import Access, access

urlpatterns = [
    path(
        "connexion/",
        access(Access.PUBLIC)(
            auth_views.LoginView.as_view(
                template_name="accounts/sign_in.html", redirect_authenticated_user=True
            )
        ),
        name="sign-in",
    ),
    path("deconnexion/", access(Access.SIGNED_IN)(auth_views.LogoutView.as_view()), name="sign-out"),
]
